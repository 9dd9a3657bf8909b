// A renewal, from registration to approval.    node renewal.js ADDRESS
// Run it again: every command has the request id of the first time, so nothing is recorded twice.
'use strict';
const {connect, call, day, header, refusal} = require('./client');

const ANA = 'ana.node';

async function renew(commands) {
  async function send(method, name, effective, fields = {}) {
    const receipt = await call(commands, method,
        {header: header(`${ANA}-${name}`, effective), certificant_id: ANA, ...fields});
    const repeated = receipt.repeated_request ? ', recorded by an earlier call' : '';
    console.log(`${method}Request: position ${receipt.position}${repeated}`);
  }

  await send('RegisterCertificant', 'register', '2022-05-14', {name: 'Ana Roe'});
  await send('GrantCredential', 'grant', '2022-05-14', {credential: 'CPCS'});
  for (const [reference, completed] of [['webinar-1', '2024-05-20'], ['webinar-2', '2025-01-20']]) {
    await send('RecordCredit', reference, '2025-02-01', {
      credit: {reference, activity_kind: 'SPONSORED', completed_date: day(completed),
        amount: {minutes: 900}},
    });
  }
  await send('SubmitApplication', 'apply', '2025-08-01');
  await send('RecordPayment', 'invoice-7', '2025-08-03', {
    reference: 'invoice-7', amount: {currency_code: 'USD', minor_units: 37500},
    method: 'PAYMENT_METHOD_CARD',
  });
  await send('ApproveApplication', 'approve', '2025-08-20');
}

async function showRefusals(commands) {
  async function attempt(method, request) {
    try {
      await call(commands, method, request);
    } catch (error) {
      const why = refusal(error);
      console.log(`refused: ${why.code} ${why.reason} ${why.field}: ${why.sentence}`);
    }
  }

  await attempt('ApproveApplication',
      {header: header(`${ANA}-approve-again`, '2025-08-21'), certificant_id: ANA});
  await attempt('RecordPayment', {
    header: header(`${ANA}-invoice-8`, '2025-08-21'), certificant_id: ANA, reference: 'invoice-8',
    amount: {currency_code: 'USD', minor_units: -1}, method: 'PAYMENT_METHOD_CARD',
  });
}

async function main() {
  const {commands, query} = connect(process.argv[2]);
  await renew(commands);
  await showRefusals(commands);
  const {answer} = await call(query, 'GetStanding',
      {certificant_id: ANA, perspective: {as_of_date: day('2025-12-02')}});
  console.log(`certified: ${answer.certified}, through ${answer.cycle.period.last_date.year}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
