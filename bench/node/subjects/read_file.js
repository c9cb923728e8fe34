'use strict';
// read_file_1MiB: what does fs.readFile cost for a file that the page cache holds?
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const kLength = 1 << 20;

function readFile() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weft-bench-'));
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, Buffer.alloc(kLength, 'x'));
  return {
    operations: 1,
    clock: 'wall',
    batch: () =>
      new Promise((resolve, reject) => {
        fs.readFile(file, (failure, content) => {
          if (failure || content.length !== kLength) reject(failure ?? new Error('cut short'));
          else resolve();
        });
      }),
    close: () => fs.rmSync(folder, { recursive: true }),
  };
}

module.exports = { read_file_1MiB: readFile };
