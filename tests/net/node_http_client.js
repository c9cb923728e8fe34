// Node's HTTP client talks to echo_server: node node_http_client.js PORT. Ends with 0 if every
// answer was right.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const http = require('node:http');

const port = Number(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

// Resolves to {response, body, echo, continued}. `send(request)` writes the body and ends.
function fetch(options, send = (request) => request.end()) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent, ...options });
    let continued = false;
    request.on('continue', () => (continued = true));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const header = response.headers['x-echo'];
        resolve({
          response,
          body: Buffer.concat(chunks).toString(),
          echo: header && JSON.parse(Buffer.from(header, 'base64').toString()),
          continued,
        });
      });
    });
    send(request);
  });
}

const digestOf = (bytes) => crypto.createHash('sha1').update(bytes).digest('hex').slice(0, 12);

async function main() {
  const sockets = new Set();
  for (let i = 0; i < 50; ++i) {
    const { response, echo } = await fetch({ path: `/get?${i}` });
    assert.strictEqual(response.statusCode, 200);
    assert.ok(response.headers.date);
    assert.deepStrictEqual([echo.m, echo.u, echo.n], ['GET', `/get?${i}`, 0]);
    sockets.add(response.socket);
  }
  assert.strictEqual(sockets.size, 1, 'one connection serves one request after the other');

  const parallel = Array.from({ length: 40 }, (_, i) => fetch({ path: `/parallel?${i}` }));
  (await Promise.all(parallel)).forEach(({ echo }, i) => assert.strictEqual(echo.u, `/parallel?${i}`));

  const bytes = crypto.randomBytes(3 << 20);
  const measured = await fetch({ method: 'POST', headers: { 'Content-Length': bytes.length } }, (request) =>
    request.end(bytes)
  );
  assert.deepStrictEqual([measured.echo.n, measured.echo.h], [bytes.length, digestOf(bytes)]);

  const chunked = await fetch({ method: 'PUT' }, (request) => {
    for (let at = 0; at < bytes.length; at += 100_000) request.write(bytes.subarray(at, at + 100_000));
    request.addTrailers({ 'X-Sum': '1' });
    request.end();
  });
  assert.deepStrictEqual([chunked.echo.n, chunked.echo.h], [bytes.length, digestOf(bytes)]);

  const expecting = await fetch(
    { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 4 } },
    (request) => {
      request.flushHeaders();
      request.on('continue', () => request.end('body'));
    }
  );
  assert.ok(expecting.continued);
  assert.strictEqual(expecting.echo.n, 4);

  const head = await fetch({ method: 'HEAD' });
  assert.deepStrictEqual([head.response.statusCode, head.body, head.echo.m], [200, '', 'HEAD']);

  const strange = await fetch({ headers: { Expect: 'meoww' } });
  assert.strictEqual(strange.response.statusCode, 417);

  agent.destroy();
  console.log("Node's client: all answers were right");
}

main();
