'use strict';
// context_hop/<kind>: what does it cost to go through one asynchronous step and to read a value of
// the context afterwards? context_hop_64/<kind>: the same while 64 namespaces have a value.
const { kBatch } = require('../measure.js');
const { runInAll } = require('./run_in_all.js');

function chain(schedule, store, resolve) {
  let left = kBatch;
  const hop = () => {
    if (store.get() !== 1) throw new Error('the context is lost');
    if (--left > 0) schedule(hop);
    else resolve();
  };
  schedule(hop);
}

const kinds = {
  tick: (store) => new Promise((resolve) => chain(process.nextTick, store, resolve)),
  immediate: (store) => new Promise((resolve) => chain(setImmediate, store, resolve)),
  await: async (store) => {
    for (let i = 0; i < kBatch; ++i) {
      await undefined;
      if (store.get() !== 1) throw new Error('the context is lost');
    }
  },
  then: (store) => {
    let promise = Promise.resolve();
    const read = () => {
      if (store.get() !== 1) throw new Error('the context is lost');
    };
    for (let i = 0; i < kBatch; ++i) promise = promise.then(read);
    return promise;
  },
};

function hop(kind, { create }, namespaces) {
  return () => {
    const stores = Array.from({ length: namespaces }, create);
    return { batch: () => runInAll(stores, () => kinds[kind](stores[0])) };
  };
}

module.exports = (store) => {
  const subjects = {};
  for (const kind of Object.keys(kinds)) {
    if (kind === 'await' && store.losesAtAwait) continue;
    subjects[`context_hop/${kind}`] = hop(kind, store, 1);
    if (store.manyNamespaces) subjects[`context_hop_64/${kind}`] = hop(kind, store, 64);
  }
  return subjects;
};
