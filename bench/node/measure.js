'use strict';
// How Node's subjects are measured: batches until the time is up, after a warm-up for the compiler.

const quick = process.env.WEFT_BENCH_QUICK !== undefined;
const kBatch = 1000;
const kWarmUpMs = quick ? 0 : 200;
const kMeasureMs = quick ? 0 : 100;

const clocks = {
  // CPU time of the process: other programs on the machine do not count.
  cpu: () => {
    const used = process.cpuUsage();
    return used.user + used.system;
  },
  // What somebody waits for who sleeps in between.
  wall: () => Number(process.hrtime.bigint()) / 1e3,
};

async function spend(batch, milliseconds, clock) {
  const start = clock();
  let batches = 0;
  let passed;
  do {
    await batch();
    ++batches;
    passed = clock() - start;
  } while (passed < milliseconds * 1e3);
  return { batches, microseconds: passed };
}

// Nanoseconds per operation, `repetitions` times. `batch` does `operations` and may be async.
async function measure({ batch, operations = kBatch, clock = 'cpu' }, repetitions) {
  await spend(batch, kWarmUpMs, clocks[clock]);
  const values = [];
  for (let i = 0; i < repetitions; ++i) {
    const { batches, microseconds } = await spend(batch, kMeasureMs, clocks[clock]);
    values.push((microseconds * 1e3) / (batches * operations));
  }
  return values;
}

module.exports = { measure, quick, kBatch };
