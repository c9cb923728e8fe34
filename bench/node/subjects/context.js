'use strict';
// context_run, context_get: what does it cost to call a function in a new context with a value, and
// to read a value of the active context? context_run_64, context_get_64: the same inside contexts
// of 63 other namespaces.
const { kBatch } = require('../measure.js');
const { runInAll } = require('./run_in_all.js');

function contextRun({ create }, others) {
  return () => {
    const measured = create();
    const more = Array.from({ length: others }, create);
    let calls = 0;
    const called = () => {
      ++calls;
    };
    return {
      batch: () =>
        runInAll(more, () => {
          for (let i = 0; i < kBatch; ++i) measured.run(i, called);
        }),
    };
  };
}

function contextGet({ create }, others) {
  return () => {
    const measured = create();
    const more = Array.from({ length: others }, create);
    let sum = 0;
    return {
      batch: () =>
        runInAll([measured, ...more], () => {
          for (let i = 0; i < kBatch; ++i) sum += measured.get();
        }),
    };
  };
}

module.exports = (store) => ({
  context_run: contextRun(store, 0),
  context_run_64: contextRun(store, 63),
  context_get: contextGet(store, 0),
  context_get_64: contextGet(store, 63),
});
