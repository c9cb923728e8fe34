// Runs programs of node_judge_test.cc on Node's own async_hooks: a program a line on standard
// input, its trace a line on standard output. The language is told in node_judge_test.cc.
'use strict';

const asyncHooks = require('async_hooks');
const fs = require('fs');

const TYPES = {
  tick: 'TickObject',
  microtask: 'Microtask',
  immediate: 'Immediate',
  timeout: 'Timeout',
  interval: 'Timeout',
};

let scheduling = null;  // the node that is being scheduled
const nodes = new Map();  // by async id

asyncHooks.createHook({
  init(id, type, trigger) {
    if (scheduling === null || type !== TYPES[scheduling.kind]) return;
    nodes.set(id, scheduling);
    scheduling.says(`init by ${labelOf(trigger)}`);
    scheduling = null;
  },
  before(id) { nodes.get(id)?.says('before'); },
  after(id) { nodes.get(id)?.says('after'); },
  destroy(id) { nodes.get(id)?.says('destroy'); },
}).enable();

function labelOf(id) { return nodes.get(id)?.label ?? 0; }

class Node {
  constructor(label, kind, clear) {
    this.label = label;
    this.kind = kind;
    this.clear = clear;
    this.children = [];
    this.trace = [];
    this.runs = 0;
  }

  says(what) { this.trace.push(what); }

  schedule() {
    scheduling = this;
    const run = () => this.run();
    if (this.kind === 'tick') process.nextTick(run);
    if (this.kind === 'microtask') queueMicrotask(run);
    if (this.kind === 'immediate') this.handle = setImmediate(run);
    if (this.kind === 'timeout') this.handle = setTimeout(run, 1);
    if (this.kind === 'interval') this.handle = setInterval(run, 1);
    if (this.clear) this.cancel();
  }

  cancel() { this.kind === 'immediate' ? clearImmediate(this.handle) : clearTimeout(this.handle); }

  run() {
    this.says(`ran as ${labelOf(asyncHooks.executionAsyncId())} by ${labelOf(asyncHooks.triggerAsyncId())}`);
    if (++this.runs === 2) this.cancel();
    if (this.runs === 1) for (const child of this.children) child.schedule();
  }
}

// The nodes of a program, the first of which is the program itself.
function parse(line) {
  const all = [new Node(0, 'main')];
  for (const text of line.split(';')) {
    const [parent, kind, clear] = text.split(' ');
    const node = new Node(all.length, kind, clear === 'clear');
    all[Number(parent)].children.push(node);
    all.push(node);
  }
  return all;
}

const programs = fs.readFileSync(0, 'utf8').trim().split('\n').map(parse);
for (const [main] of programs) for (const child of main.children) child.schedule();

// Node tells of what is destroyed some time later.
function whenAllIsOver() {
  const over = (node) =>
    node.trace.includes('destroy') && (node.runs === 0 || node.children.every(over));
  if (!programs.every(([main]) => main.children.every(over))) return setTimeout(whenAllIsOver, 1);
  for (const [, ...all] of programs) {
    process.stdout.write(all.map((node) => `${node.label}: ${node.trace.join(', ')}`).join('; ') + '\n');
  }
}
whenAllIsOver();
