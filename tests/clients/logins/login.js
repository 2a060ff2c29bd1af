// Connects with node-postgres and says who it is: login.js OPTIONS, a JSON object; files in ssl are read.
const fs = require('fs');
const { Client } = require(process.env.PG_MODULE);

const options = JSON.parse(process.argv[2]);
for (const name of ['ca', 'cert', 'key']) {
  if (options.ssl && options.ssl[name]) options.ssl[name] = fs.readFileSync(options.ssl[name], 'utf8');
}
(async () => {
  const client = new Client(options);
  await client.connect();
  console.log((await client.query('SELECT current_user')).rows[0].current_user);
  await client.end();
})().catch((error) => {
  console.log(error.message);
  process.exit(1);
});
