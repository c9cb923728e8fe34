'use strict';
// emit_0, emit_1, emit_10: what does EventEmitter.emit cost with one argument?
const { EventEmitter } = require('node:events');
const { kBatch } = require('../measure.js');

function emit(listeners) {
  return () => {
    const emitter = new EventEmitter();
    let sum = 0;
    for (let i = 0; i < listeners; ++i) {
      emitter.on('data', (value) => {
        sum += value;
      });
    }
    return {
      batch: () => {
        for (let i = 0; i < kBatch; ++i) emitter.emit('data', i);
      },
    };
  };
}

module.exports = { emit_0: emit(0), emit_1: emit(1), emit_10: emit(10) };
