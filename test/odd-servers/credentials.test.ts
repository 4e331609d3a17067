/** Credentials that change while a watch is open, and that are refused for long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport, type KubeConfigLike } from '../../src/index.ts';
import { failureOf, gapsOf, type Mode, modes, type OddHost, startOddHost, warningsOf } from './host.ts';

const [oldToken, newToken] = ['oLd-tOkEn-4711', 'nEw-tOkEn-4712'];

interface Credentials {
  /** What the kubeconfig gives, as it is read at each request. */
  token: string;
}

async function startHost(mode: Mode): Promise<{ readonly host: OddHost; readonly credentials: Credentials }> {
  const credentials = { token: oldToken };
  const host = await startOddHost({
    mode,
    server: { users: { [oldToken]: 'kasc' } },
    kubeConfig: (server): KubeConfigLike => ({
      getCurrentCluster: () => ({ server: server.url }),
      async applyToHTTPSOptions(options) {
        options.headers = { ...options.headers, Authorization: `Bearer ${credentials.token}` };
      },
    }),
  });
  return { host, credentials };
}

/** The whole of it, also what is in causes. */
const saysNoToken = (host: OddHost, said: unknown): void => {
  const text = JSON.stringify([said, host.sender.batches]);
  for (const token of [oldToken, newToken]) assert.ok(!text.includes(token), 'a token is said');
};

for (const mode of modes)
  test(`${mode} mode: a token that is rotated while it runs costs nothing: what is open goes on, the next request reads the new one`, async () => {
    const { host: given, credentials } = await startHost(mode);
    await using host = given;
    host.addEvents(2);
    await host.live(30_000);
    const connections = host.server.connectionsMade;
    credentials.token = newToken;
    host.server.setUsers({ [newToken]: 'kasc' });
    const reports = await host.live(300_000, () => host.addEvents(1));
    assert.ok(
      reports.every(({ ok }) => ok),
      reports.map(formatReport).join('\n'),
    );
    assert.deepEqual([gapsOf(...reports), warningsOf(...reports)], [[], []]);
    assert.ok(!host.server.requests.some(({ status }) => status === 401), 'the old one is not tried');
    assert.ok(host.server.connectionsMade <= connections + 25, 'a new token is no new connection, but for watches');
    saysNoToken(host, reports);
    await host.endWell();
  });

for (const mode of modes)
  test(`${mode} mode: a token that has expired fails the unit, not the process, and when it is renewed all comes`, async () => {
    const { host: given, credentials } = await startHost(mode);
    await using host = given;
    host.addEvents(2);
    await host.live(30_000);
    host.asked();
    host.server.setUsers({ [newToken]: 'kasc' });
    host.addEvents(1);
    await host.pass(5000);
    if (mode === 'watch') assert.equal(host.sender.committedSourceIds().length, 3, 'the open watch goes on');
    host.server.cutWatches('reset');
    const reports = await host.live(600_000, () => {
      host.addEvents(1);
      assert.ok(host.check.stats().live);
    });
    const failures = reports.slice(1).map(failureOf);
    for (const failure of failures) {
      assert.equal(failure?.code, 'API_UNAUTHORIZED');
      assert.match(failure.message, /^list events .*: credentials refused \(401\).*; the next run goes on from \d+$/);
      assert.match(
        failure.remedy ?? '',
        /renew the token or certificate in the kubeconfig; it is read again at each request/,
      );
    }
    assert.ok(
      host.sender.serviceChecks.slice(-2).every((check) => check.status === 'unknown'),
      'no answer, so not critical',
    );
    saysNoToken(host, reports);
    const { list, guard, watch } = host.asked();
    // Each is tried again at once with credentials read again, and then only in the next run.
    assert.ok(list + guard + watch <= 2 * reports.length + 2, JSON.stringify({ list, guard, watch }));

    credentials.token = newToken;
    await host.live(30_000);
    await host.endWell();
  });
