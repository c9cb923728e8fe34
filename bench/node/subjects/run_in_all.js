'use strict';

// Calls back inside a context of each of the stores, with the value 1.
exports.runInAll = function runInAll(stores, callback) {
  if (stores.length === 0) return callback();
  const [first, ...rest] = stores;
  return first.run(1, () => runInAll(rest, callback));
};
