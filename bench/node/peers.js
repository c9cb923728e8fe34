'use strict';
// Which peer has which subjects: name -> () => { subject name: () => what measure() takes }.
// Packages are loaded only by the peer that is measured, as some change Node when loaded.

const context = require('./subjects/context.js');
const contextHop = require('./subjects/context_hop.js');

const contexts = (store) => ({ ...context(store), ...contextHop(store) });

module.exports = {
  node: () => ({
    ...require('./subjects/callbacks.js'),
    ...require('./subjects/emit.js'),
    ...require('./subjects/post.js'),
    ...require('./subjects/read_file.js'),
    ...contextHop(require('./stores/none.js')),
  }),
  'node-als': () => contexts(require('./stores/als.js')),
  'cls-hooked': () => contexts(require('./stores/cls_hooked.js')),
  'continuation-local-storage': () => contexts(require('./stores/continuation_local_storage.js')),
};
