'use strict';
// The package continuation-local-storage. It knows nothing of `await`, where it loses the context.
const { createNamespace } = require('continuation-local-storage');

let created = 0;

module.exports = {
  manyNamespaces: true,
  losesAtAwait: true,
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
