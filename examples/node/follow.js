// Mirrors the log, each event once, whatever breaks.    node follow.js ADDRESS FILE
//
// FILE gets the log's origin, then a line for each event: position, stream, kind. What was dealt
// with and how far it is are the same line, so that neither can be there without the other; where
// you keep them apart (rows in a database, say), write both in one transaction.
'use strict';
const fs = require('node:fs');
const {setTimeout} = require('node:timers/promises');
const {connect, refusal} = require('./client');

// Origin and last position of the file; a line that a crash cut short is removed.
function resume(path) {
  const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) fs.truncateSync(path, Buffer.byteLength(whole));
  const [origin = '', ...lines] = whole.split('\n').slice(0, -1);
  return {origin, position: lines.length ? parseInt(lines.at(-1), 10) : 0};
}

// One subscription; ends by throwing what broke it.
async function follow(history, path) {
  let {origin, position} = resume(path);
  const mirror = fs.openSync(path, 'a');
  try {
    for await (const response of history.Subscribe(
        {after_position: position, origin, stored_only: true})) {
      let lines = '';
      if (response.origin && !origin) lines += `${origin = response.origin}\n`;
      for (const {record} of response.events) {
        lines += `${record.position} ${record.stream} ${record.kind}\n`;
      }
      fs.writeSync(mirror, lines);
      fs.fsyncSync(mirror);
    }
  } finally {
    fs.closeSync(mirror);
  }
}

async function main() {
  const [address, path] = process.argv.slice(2);
  const {history} = connect(address);
  for (;;) {
    try {
      await follow(history, path);
    } catch (error) {
      const why = refusal(error);
      console.log(`broken off: ${why.code} ${why.reason}`);
      // The server stops, or there is no connection: again from where it was. All else
      // (LOG_REPLACED, say) needs somebody who decides.
      if (!['UNAVAILABLE', 'RESOURCE_EXHAUSTED'].includes(why.code)) throw error;
      await setTimeout(200);
    }
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
