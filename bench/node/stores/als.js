'use strict';
// Node's own AsyncLocalStorage.
const { AsyncLocalStorage } = require('node:async_hooks');

module.exports = {
  manyNamespaces: true,
  create: () => {
    const storage = new AsyncLocalStorage();
    return {
      run: (value, callback) => storage.run({ value }, callback),
      get: () => storage.getStore()?.value,
    };
  },
};
