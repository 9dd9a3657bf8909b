// What every caller needs: clients that retry, a header for commands, refusals that are read.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const ROOT = path.join(__dirname, '..', '..');
const PROTO = path.join(ROOT, 'proto');
// Where google/rpc/*.proto are: Debian's golang-github-gogo-googleapis-dev, or a copy.
const GOOGLE = process.env.GOOGLEAPIS || '/usr/share/gocode/src/github.com/gogo/googleapis';
// Positions are int64; as numbers they are exact up to 2^53.
const OPTIONS = {keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true};

function load(...files) {
  return loader.loadSync(files, {...OPTIONS, includeDirs: [PROTO, GOOGLE]});
}

const {goodstanding} = grpc.loadPackageDefinition(load(
    ...['command', 'query', 'history'].map(
        (name) => `goodstanding/api/v1/${name}_service.proto`)));
const details = load('google/rpc/status.proto', 'google/rpc/error_details.proto');

// Clients over one connection, which repeats calls that found the server away or overloaded. That
// is safe for commands too: each has a request id, so a repeat is answered as the first time and
// recorded once.
function connect(address) {
  const options = {
    'grpc.service_config': fs.readFileSync(
        path.join(ROOT, 'examples', 'service_config.json'), 'utf8'),
    'grpc.keepalive_time_ms': 30 * 1000,  // Finds a dead connection under a quiet stream.
  };
  const api = goodstanding.api.v1;
  const client = (Service) => new Service(address, grpc.credentials.createInsecure(), options);
  return {
    commands: client(api.CommandService),
    query: client(api.QueryService),
    history: client(api.HistoryService),
  };
}

// Calls a method of one answer. With a deadline always: no answer is no answer.
function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, {deadline: Date.now() + 30000},
        (error, answer) => error ? reject(error) : resolve(answer));
  });
}

// '2025-08-01' as a CivilDate.
function day(text) {
  const [year, month, number] = text.split('-').map(Number);
  return {year, month, day: number};
}

// Of a command about a fact of that day. Take the id from what you record (an invoice number, say)
// or store it before you call: then a repeat after a crash of the caller has the same one.
function header(requestId, effective) {
  return {request_id: requestId, effective_date: day(effective)};
}

// Why a call failed: branch on the reason, show the sentence; docs/errors.md has them all.
function refusal(error) {
  const packed = error.metadata?.get('grpc-status-details-bin')[0];
  const why = {code: grpc.status[error.code], reason: '', field: '', sentence: error.details};
  if (!packed) return why;  // It did not come from the server: no connection, say.
  const status = details['google.rpc.Status'].deserialize(packed);
  why.sentence = status.message;
  for (const detail of status.details) {
    const name = detail.type_url.split('/').pop();
    const message = details[name].deserialize(detail.value);
    if (name === 'google.rpc.ErrorInfo') why.reason = message.reason;
    if (name === 'google.rpc.BadRequest') why.field = message.field_violations[0].field;
  }
  return why;
}

module.exports = {connect, call, day, header, refusal};
