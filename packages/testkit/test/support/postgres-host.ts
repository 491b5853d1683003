import { startPostgres } from '../../src/postgres.ts';

const { url } = await startPostgres();
console.log(url);
setInterval(() => {}, 60_000);
