'use strict';
// http_client: node:http with an agent that keeps 64 connections.
//
//   node http_client_node.js PORT REPETITIONS SECONDS
const http = require('node:http');

const [port, repetitions, seconds] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function fetchOnce() {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error('a wrong answer'));
        response.resume();
        response.on('end', resolve);
      })
      .on('error', reject);
  });
}

async function run(duration) {
  const end = performance.now() + duration * 1e3;
  let answers = 0;
  const fetchMany = async () => {
    do {
      await fetchOnce();
      ++answers;
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: 64 }, fetchMany));
  return answers;
}

async function main() {
  await run(seconds);
  for (let i = 0; i < repetitions; ++i) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const answers = await run(seconds);
    const passed = (performance.now() - start) / 1e3;
    const used = process.cpuUsage(cpu);
    console.log(JSON.stringify({ unit: 'us-cpu/req', value: (used.user + used.system) / answers }));
    console.log(JSON.stringify({ unit: 'req/s', value: answers / passed }));
  }
  agent.destroy();
}

main();
