import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';
import { cookie, type FakeScene, startFakeScene } from './fake-scene.ts';
import { requestKinds } from './requests.ts';
import { createSubject } from './subject.ts';

/** A proxy that helps to find out what is wrong by showing what it was sent, and what it has set. */
const echoOf = (token: string): string =>
  `no route to a backend, for
GET /whatever HTTP/1.1
Authorization: Bearer ${token}
Cookie: session=${cookie}; theme=dark
X-Forwarded-For: 127.0.0.1
set-cookie: session=${cookie}; HttpOnly
`;

const echoes: readonly [title: string, answer: (echo: string) => Fault][] = [
  ['as text', (body) => ({ status: 500, body, contentType: 'text/plain' })],
  ['as text under 403', (body) => ({ status: 403, body, contentType: 'text/plain' })],
  ['as the message of a Status', (message) => ({ status: 500, body: { kind: 'Status', code: 500, message } })],
  ['as JSON', (echo) => ({ status: 502, body: { headers: JSON.stringify({ cookie, echo }) } })],
  ['as a page', (echo) => ({ status: 200, body: `<html><pre>${echo}</pre></html>` })],
];

describe('a proxy that echoes credentials is quoted without them', () => {
  for (const [title, answer] of echoes)
    test(title, async () => {
      for (const kind of requestKinds) {
        await using scene = await startFakeScene();
        await using subject = createSubject(scene);
        await scene.addEvents(2);
        if (kind.stage !== 'first run') await subject.run();
        if (kind.stage === 'next process') await subject.restart();
        await scene.addEvents(1);
        const match = kind.match(subject.tokenName);
        scene.server.fail({ ...answer(echoOf(tokenOf(scene))), ...match, times: Number.POSITIVE_INFINITY });
        // It is the subject that looks for secrets, in all that is said.
        const report = await subject.run();
        if (title.startsWith('as text')) assert.match(formatReport(report), /no route to a backend/, kind.name);
      }
    });
});

const tokenOf = ({ secrets }: FakeScene): string => secrets[0] ?? '';

test('DEBUG=kube-apiserver-check:* tells what is done, and no credential', async () => {
  const child = spawn(process.execPath, ['--conditions=kasc-source', join(import.meta.dirname, 'debugged.ts')], {
    env: { ...process.env, DEBUG: 'kube-apiserver-check:*', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const [reports, debug] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(await exited, 0, debug);
  for (const said of ['GET /api/v1/events 200', '401 on', 'HTTP 503', 'connection lost', 'listing'])
    assert.ok(debug.includes(said), `"${said}" is not in:\n${debug}`);
  assert.match(reports, /API_UNAUTHORIZED/);
  for (const output of [reports, debug]) assert.doesNotMatch(output, /sEcReT/);
});
