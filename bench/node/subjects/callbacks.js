'use strict';
// tick_burst, tick_chain, immediate_burst, coroutine_call: what do Node's callbacks cost, with
// closures over four variables?
const { kBatch } = require('../measure.js');

let sum = 0;

function burst(schedule) {
  return () => ({
    batch: () =>
      new Promise((resolve) => {
        for (let i = 0; i < kBatch; ++i) {
          const second = i + 1;
          const third = i + 2;
          const fourth = i + 3;
          schedule(() => {
            sum += i + second + third + fourth;
          });
        }
        schedule(resolve);
      }),
  });
}

function tickChain() {
  const link = (left, second, third, resolve) => {
    sum += second + third;
    if (left > 1) process.nextTick(() => link(left - 1, second, third, resolve));
    else resolve();
  };
  return { batch: () => new Promise((resolve) => link(kBatch, 1, 2, resolve)) };
}

async function successor(value) {
  return value + 1;
}

function coroutineCall() {
  return {
    batch: async () => {
      let value = 0;
      for (let i = 0; i < kBatch; ++i) value = await successor(value);
      sum += value;
    },
  };
}

module.exports = {
  tick_burst: burst(process.nextTick),
  tick_chain: tickChain,
  immediate_burst: burst(setImmediate),
  coroutine_call: coroutineCall,
};
