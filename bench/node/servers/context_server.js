'use strict';
// http_hello_context: each request runs in a context of its own with its number; the response is
// sent one tick and one immediate later, by a callback that finds the number in the context.
const http = require('node:http');
const { listen, respond } = require('./hello.js');

module.exports = ({ create }) => {
  const store = create();
  let number = 0;
  listen(
    http.createServer((request, response) => {
      store.run(++number, () => {
        process.nextTick(() => {
          setImmediate(() => {
            if (!store.get()) throw new Error('the context is lost');
            respond(response);
          });
        });
      });
    }),
  );
};
