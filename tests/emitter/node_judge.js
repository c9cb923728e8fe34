// Runs programs of node_judge_test.cc on Node's own EventEmitter: a program a line on standard
// input, its trace a line on standard output. The language is told in node_judge_test.cc.
'use strict';

const EventEmitter = require('events');
const readline = require('readline');

const MAX_CALLS = 60;
const MAX_DEPTH = 4;

class Thrown {
  constructor(value) {
    this.value = value;
  }
}

class Machine {
  constructor(line) {
    const [main, ...bodies] = line.split('|').map((body) => body.split(';').filter((op) => op !== ''));
    this.main = main;
    this.emitter = new EventEmitter();
    this.trace = [];
    this.calls = 0;
    this.depth = 0;
    this.removingAll = 0;
    this.monitoring = 0;
    this.nodeFailed = false;
    this.functions = bodies.map((body, index) => this.fn(index, (...args) => this.called(index, body, args)));
    this.monitors = this.functions.map((fn, index) => this.fn(index, (value) => this.monitored(fn, value)));
  }

  fn(index, fn) {
    fn.index = index;
    return fn;
  }

  run() {
    process.emitWarning = (warning) =>
      this.trace.push(`warn:${this.nameOf(warning.type)}:${warning.count}`);
    for (const op of this.main) this.attempt(op);
    return this.nodeFailed ? 'SKIP' : this.trace.join(' ');
  }

  called(index, body, args) {
    const meta = args.length === 2;
    const said = meta
      ? `${this.nameOf(args[0])},${(args[1].listener ?? args[1]).index}`
      : String(args[0]);
    this.trace.push(`f${index}(${said})`);
    if (++this.calls > MAX_CALLS || this.depth >= MAX_DEPTH) return;
    ++this.depth;
    try {
      for (const op of body) this.step(op);
    } finally {
      --this.depth;
    }
  }

  monitored(fn, value) {
    ++this.monitoring;
    try {
      fn(value);
    } finally {
      --this.monitoring;
    }
  }

  attempt(op) {
    try {
      this.step(op);
    } catch (error) {
      if (error instanceof Thrown) this.trace.push(`caught:${error.value}`);
      else if (error.code === 'ERR_UNHANDLED_ERROR') this.trace.push(`unhandled:${error.context}`);
      else throw error;
    }
  }

  step(text) {
    const [op, ...words] = text.split(' ');
    if (op === 'try') return this.attempt(words.join(' '));
    // In these places Node's own lists are in a state that ours do not copy, see the test.
    const looks = ['count', 'throw', 'names'].includes(op);
    const adds = ['on', 'once'].includes(op);
    if (this.removingAll > 0 && !looks) return;
    if (this.monitoring > 0 && !looks && !adds) return;
    this[op](this.keyOf(words[0]), Number(words[1]));
  }

  of(event) { return event === EventEmitter.errorMonitor ? this.monitors : this.functions; }
  on(event, f) { this.emitter.on(event, this.of(event)[f]); }
  once(event, f) { this.emitter.once(event, this.of(event)[f]); }
  prepend(event, f) { this.emitter.prependListener(event, this.of(event)[f]); }
  prependOnce(event, f) { this.emitter.prependOnceListener(event, this.of(event)[f]); }
  off(event, f) { this.emitter.off(event, this.of(event)[f]); }
  limit(_, limit) { this.emitter.setMaxListeners(limit); }
  throw(_, value) { throw new Thrown(value); }

  emit(event, value) { this.trace.push(`emit:${this.emitter.emit(event, value)}`); }

  removeAll(event) {
    ++this.removingAll;
    try {
      if (event === undefined) this.emitter.removeAllListeners();
      else this.emitter.removeAllListeners(event);
    } catch (error) {
      if (error.code !== 'ERR_INVALID_ARG_TYPE') throw error;
      this.nodeFailed = true;  // its loop met a listener that had removed itself
    } finally {
      --this.removingAll;
    }
  }

  count(event) {
    this.trace.push(`count:${this.emitter.listenerCount(event)}:${this.emitter.getMaxListeners()}`);
  }
  names() { this.trace.push(`names:${this.emitter.eventNames().map((n) => this.nameOf(n)).join(',')}`); }
  list(event) {
    this.trace.push(`list:${this.emitter.listeners(event).map((f) => f.index).join(',')}`);
  }
  raw(event, value) {
    const raw = this.emitter.rawListeners(event);
    this.trace.push(`raw:${raw.map((f) => (f.listener ? 'o' + f.listener.index : f.index)).join(',')}`);
    if (raw.length > 0) raw[value % raw.length](value);
  }
  offRaw(event, value) {
    const raw = this.emitter.rawListeners(event);
    if (raw.length > 0) this.emitter.off(event, raw[value % raw.length]);
  }

  keyOf(word) {
    return word === 'errorMonitor' ? EventEmitter.errorMonitor : word === '*' ? undefined : word;
  }
  nameOf(key) { return key === EventEmitter.errorMonitor ? 'errorMonitor' : key; }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(new Machine(line).run() + '\n');
});
