'use strict';
// Echo by node:net.
const net = require('node:net');
const { listen } = require('./hello.js');

listen(
  net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('error', () => socket.destroy());
  }),
);
