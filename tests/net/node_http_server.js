// Node's HTTP server, which the client is tested against. Prints its port. What it does is asked
// for by path; it ends when its standard input does.
'use strict';
const http = require('node:http');

const actions = {
  // Answers with method, length of the body, and a header.
  '/echo': (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('X-Method', request.method);
      response.setHeader('X-Sum', request.trailers['x-sum'] || 'none');
      response.end(Buffer.concat(chunks));
    });
  },
  '/trailers': (request, response) => {
    response.writeHead(200, { Trailer: 'X-Sum' });
    response.write('a');
    response.write('b');
    response.addTrailers({ 'X-Sum': '2' });
    response.end();
  },
  '/hints': (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('hinted');
  },
  '/empty': (request, response) => response.writeHead(204).end(),
  '/close': (request, response) => response.writeHead(200, { Connection: 'close' }).end('closing'),
  '/large': (request, response) => response.end(Buffer.alloc(5 << 20, 'x')),
  '/cut': (request, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('half', () => request.socket.destroy());
  },
  // Ends the connection as soon as this answer is out, without having said so.
  '/stale': (request, response) => {
    response.end('stale', () => request.socket.end());
  },
};

const server = http.createServer((request, response) => actions[request.url](request, response));
server.on('upgrade', (request, socket, head) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.write(head);
  socket.pipe(socket);
});
server.on('connect', (request, socket) => {
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  socket.end(`tunnel to ${request.url}`);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
