'use strict';
// No context at all: what a hop costs by itself.
module.exports = {
  manyNamespaces: false,
  create: () => ({ run: (value, callback) => callback(), get: () => 1 }),
};
