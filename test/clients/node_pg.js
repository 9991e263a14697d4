// node_pg.js STEP CONNECTION [ARGUMENT]...: does what the step says with node-postgres, and prints the result as JSON.
// CONNECTION is the configuration of a client as JSON.  The step "version" prints that of the module.
'use strict';

const { Client } = require('pg');
const [, , step, connection, ...rest] = process.argv;

// Rows as arrays, with the types of their columns.
async function query(client, text, ...values) {
  const results = [];
  for (const given of values.length ? values : [undefined]) {
    const found = await client.query({ name: given === undefined ? undefined : 'asked', text, values: given === undefined ? [] : [given], rowMode: 'array' });
    results.push({ types: found.fields.map((field) => field.dataTypeID), rows: found.rows });
  }
  return results;
}

// So many rows of a portal, in parts of a size, and no more.
async function first(client, count, size, text) {
  const Cursor = require('pg-cursor');
  const cursor = client.query(new Cursor(text, [], { rowMode: 'array' }));
  const parts = [];
  for (let read = 0; read < Number(count); read += Number(size)) parts.push(await cursor.read(Number(size)));
  await cursor.close();
  return parts;
}

// What a second query of the session finds after the first one has failed.
async function fails(client, text, next) {
  try {
    await client.query(text);
  } catch (error) {
    return { code: error.code, message: error.message, where: error.where, rows: (await client.query(next)).rows };
  }
  return null;
}

async function main() {
  if (step === 'version') return require('pg/package.json').version;
  const client = new Client(JSON.parse(connection));
  await client.connect();
  try {
    return await { query, first, fails }[step](client, ...rest);
  } finally {
    await client.end();
  }
}

main().then((result) => console.log(JSON.stringify(result)), (error) => {
  console.error(error);
  process.exitCode = 1;
});
