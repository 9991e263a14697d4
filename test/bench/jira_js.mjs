// jira_js.mjs URL FIELDS: prints the seconds that jira.js takes for all issues; without arguments, whether it is there.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const places = [process.cwd(), '/usr/lib/node_modules', '/usr/local/lib/node_modules'];
const { Version2Client } = require(require.resolve('jira.js', { paths: places }));
const [, , host, fields] = process.argv;

async function read() {
  const client = new Version2Client({ host, authentication: { basic: { email: 'demo@example.com', apiToken: 'demo-token' } } });
  const start = performance.now();
  let nextPageToken;
  let issues = 0;
  do {
    const page = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearch({
      jql: 'project = BULK', fields: fields.split(','), maxResults: 100, nextPageToken });
    issues += page.issues.length;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken);
  console.log((performance.now() - start) / 1000);
}

if (host) await read();
