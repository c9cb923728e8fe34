'use strict';
// Node as a peer. A process measures one subject of one peer: contexts that another subject made
// would slow it down.
//
//   node run.js --list                      the subjects of each peer that is installed, as JSON
//   node run.js PEER SUBJECT REPETITIONS    a JSON line for each value

const peers = require('./peers.js');
const { measure } = require('./measure.js');

function subjectsOf(peer) {
  try {
    return Object.keys(peers[peer]());
  } catch (failure) {
    if (failure.code === 'MODULE_NOT_FOUND') return [];
    throw failure;
  }
}

async function main([peer, name, repetitions]) {
  if (peer === '--list') {
    const list = Object.keys(peers).map((each) => [each, subjectsOf(each)]);
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
