'use strict';
// post_throughput/1, /4: what does a message from a worker thread cost, sent as fast as it can?
const { Worker } = require('node:worker_threads');
const { quick } = require('../measure.js');

const kPosts = quick ? 1000 : 40000;
const kProducer = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (count) => {
    for (let i = 0; i < count; ++i) parentPort.postMessage(i);
  });
`;

function postThroughput(producers) {
  return async () => {
    let left = 0;
    let finished;
    const workers = [];
    for (let i = 0; i < producers; ++i) {
      const worker = new Worker(kProducer, { eval: true });
      worker.on('message', () => {
        if (--left === 0) finished();
      });
      await new Promise((resolve) => worker.once('online', resolve));
      workers.push(worker);
    }
    return {
      operations: kPosts,
      clock: 'wall',
      batch: () =>
        new Promise((resolve) => {
          left = kPosts;
          finished = resolve;
          for (const worker of workers) worker.postMessage(kPosts / producers);
        }),
      close: () => Promise.all(workers.map((worker) => worker.terminate())),
    };
  };
}

module.exports = {
  'post_throughput/1': postThroughput(1),
  'post_throughput/4': postThroughput(4),
};
