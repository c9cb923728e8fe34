'use strict';
// The package cls-hooked.
const { createNamespace } = require('cls-hooked');

let created = 0;

module.exports = {
  manyNamespaces: true,
  create: () => {
    const namespace = createNamespace(`bench ${++created}`);
    return {
      run: (value, callback) =>
        namespace.runAndReturn(() => {
          namespace.set('value', value);
          return callback();
        }),
      get: () => namespace.get('value'),
    };
  },
};
