'use strict';
// Node as a peer. A process measures one subject of one peer: contexts that another subject made
// would slow it down.
//
//   node run.js --list                      the subjects of each peer, as JSON
//   node run.js PEER SUBJECT REPETITIONS    a JSON line for each value

const peers = require('./peers.js');
const { measure } = require('./measure.js');

async function main([peer, name, repetitions]) {
  if (peer === '--list') {
    const list = Object.entries(peers).map(([each, load]) => [each, Object.keys(load())]);
    console.log(JSON.stringify(Object.fromEntries(list)));
    return;
  }
  const subject = await peers[peer]()[name]();
  for (const value of await measure(subject, Number(repetitions))) {
    console.log(JSON.stringify({ bench: name, unit: 'ns/op', value }));
  }
  if (subject.close) await subject.close();
}

main(process.argv.slice(2)).catch((failure) => {
  console.error(failure);
  process.exit(1);
});
