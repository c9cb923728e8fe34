'use strict';
// What every server of Node's does: a free port of 127.0.0.1, announced as "port N".

exports.body = 'Hello, world!';

exports.respond = (response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.setHeader('Content-Length', exports.body.length);
  response.end(exports.body);
};

exports.listen = (server) => {
  server.keepAliveTimeout = 300e3;
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    console.log(`port ${server.address().port}`);
  });
};
