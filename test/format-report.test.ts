import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KubeCheckError } from '../src/errors.ts';
import { emptyLedger } from '../src/events/ledger.ts';
import { formatReport } from '../src/format-report.ts';
import type { EventActivity, RunReport } from '../src/report.ts';

const report = (given: Partial<RunReport> = {}): RunReport => ({
  checkId: 'kubernetes_apiserver:0123456789abcdef',
  startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  durationMs: 1234.4,
  role: 'sole',
  ok: true,
  units: [],
  events: { ledger: emptyLedger, gaps: [], caughtUp: false },
  warnings: [],
  ...given,
});
const lines = (given?: Partial<RunReport>): readonly string[] => formatReport(report(given)).split('\n');
const withEvents = (events: EventActivity): Partial<RunReport> => ({
  units: [{ name: 'events', durationMs: 1, outcome: { status: 'ok', events } }],
  events,
});
const denied = new KubeCheckError('API_DENIED', 'list events: not allowed (403)', { remedy: 'grant it' });

describe('a report as text', () => {
  it('says everything in a few lines', () => {
    const events: EventActivity = {
      ledger: {
        carried: 2,
        read: 40,
        delivered: 20,
        filtered: 9,
        filteredBy: { incomplete: 4, 'start-from': 5 },
        repeated: 5,
        folded: 3,
        malformed: 1,
        quarantined: 1,
        pending: 3,
      },
      gaps: [
        {
          cause: 'expired',
          scope: 'cluster',
          fromVersion: '50',
          toVersion: '200',
          spanMs: 61_400,
          recovered: 7,
          loss: 'overtaken',
        },
      ],
      caughtUp: false,
    };
    const text = formatReport(
      report({
        ok: false,
        units: [
          { name: 'openshift', durationMs: 3.2, outcome: { status: 'ok' } },
          { name: 'control-plane', durationMs: 7.5, outcome: { status: 'ok' } },
          { name: 'quotas', durationMs: 0, outcome: { status: 'skipped', reason: 'not OpenShift' } },
          { name: 'events', durationMs: 1200, outcome: { status: 'failed', error: denied, events } },
        ],
        events,
        commitError: new KubeCheckError('COMMIT_FAILED', 'the sender rejected the commit: full'),
        warnings: [{ message: 'careful', unit: 'events' }, { message: 'of all' }],
      }),
    );
    assert.equal(
      text,
      [
        'kubernetes_apiserver:0123456789abcdef 2026-01-02T03:04:05.678Z sole: failed in 1234 ms',
        '  openshift: ok, 3 ms',
        '  control-plane: ok, 8 ms',
        '  quotas: skipped: not OpenShift',
        '  events: failed, 1200 ms: API_DENIED: list events: not allowed (403) → grant it',
        '  books: carried 2 + read 40 = delivered 20 + filtered 9 (incomplete 4, start-from 5) + repeated 5 + folded 3 + malformed 1 + quarantined 1 + pending 3, not caught up',
        '  gap (expired, cluster): 50 to 200, 61 s, 7 recovered by a list; at worst, versions replaced meanwhile were missed',
        '  commit failed: COMMIT_FAILED: the sender rejected the commit: full',
        '  warning (events): careful',
        '  warning: of all',
      ].join('\n'),
    );
  });

  it('says of each role who it is', () => {
    assert.match(lines({ role: 'leader' })[0] ?? '', / leader: ok in 1234 ms$/);
    assert.match(lines({ role: 'follower', leader: 'host_1' })[0] ?? '', / follower \(leader host_1\): ok /);
    assert.match(lines({ role: 'undecided', ok: false })[0] ?? '', / undecided: failed /);
    assert.deepEqual(lines({ role: 'skipped' }), [
      'kubernetes_apiserver:0123456789abcdef 2026-01-02T03:04:05.678Z skipped: ok in 1234 ms',
    ]);
  });

  it('says nothing of books where no unit has any, and of nothing that did not happen', () => {
    assert.equal(lines({ units: [{ name: 'a', durationMs: 1, outcome: { status: 'ok' } }] }).length, 2);
    assert.equal(
      lines(withEvents({ ledger: { ...emptyLedger, read: 2, delivered: 2 }, gaps: [], caughtUp: true }))[2],
      '  books: carried 0 + read 2 = delivered 2 + filtered 0 + pending 0, caught up',
    );
  });

  it('says of each gap what it may have lost', () => {
    const gap = { scope: 'shop', fromVersion: '', toVersion: '9', spanMs: 0, recovered: 0 } as const;
    const [, , , ...gaps] = lines(
      withEvents({
        ledger: emptyLedger,
        caughtUp: true,
        gaps: [
          { ...gap, cause: 'expired', loss: 'expired' },
          { ...gap, cause: 'rewound', fromVersion: '900', loss: 'rewritten' },
          { ...gap, cause: 'unreadable-token', fromVersion: 'abc', loss: 'overtaken' },
        ],
      }),
    );
    assert.deepEqual(gaps, [
      '  gap (expired, shop): the beginning to 9, 0 s, 0 recovered by a list; at worst, versions replaced meanwhile and events that reached their TTL were missed',
      "  gap (rewound, shop): 900 to 9, 0 s, 0 recovered by a list; the server's history itself was rewritten",
      '  gap (unreadable-token, shop): abc to 9, 0 s, 0 recovered by a list; at worst, versions replaced meanwhile were missed',
    ]);
  });

  const hostile: Readonly<Record<string, readonly [string, string]>> = {
    'a line break': ['a\nb\r\nc\u2028d\u2029e', String.raw`a\u000ab\u000d\u000ac\u2028d\u2029e`],
    'a terminal': ['\u001b[31mred\u009b0m\u0007\u007f', String.raw`\u001b[31mred\u009b0m\u0007\u007f`],
    'the direction of writing': [
      '\u202egnp\u202c \u2066x\u2069 \u200e\u200f\u061c',
      String.raw`\u202egnp\u202c \u2066x\u2069 \u200e\u200f\u061c`,
    ],
    'what does not show': ['a\u200bb\u00adc\ufeff\u{e0041}', String.raw`a\u200bb\u00adc\ufeff\udb40\udc41`],
    'half a character': ['\ud83d!', '\ufffd!'],
  };
  for (const [what, [text, shown]] of Object.entries(hostile)) {
    it(`escapes ${what}, wherever text of the cluster can be`, () => {
      const events: EventActivity = {
        ledger: emptyLedger,
        caughtUp: true,
        gaps: [
          {
            cause: 'unreadable-token',
            scope: text,
            fromVersion: text,
            toVersion: '9',
            spanMs: 0,
            recovered: 0,
            loss: 'overtaken',
          },
        ],
      };
      const all = lines({
        role: 'follower',
        leader: text,
        units: [
          { name: text, durationMs: 1, outcome: { status: 'skipped', reason: text } },
          {
            name: 'b',
            durationMs: 1,
            outcome: { status: 'failed', error: new KubeCheckError('API_DENIED', text, { remedy: text }), events },
          },
        ],
        events,
        commitError: new KubeCheckError('COMMIT_FAILED', text),
        warnings: [{ unit: text, message: text }],
      });
      assert.equal(all.length, 7);
      const shownTimes = [1, 2, 2, 0, 2, 1, 2];
      for (const [index, line] of all.entries()) {
        assert.equal(line.split(shown).length - 1, shownTimes[index], line);
        assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line), line);
      }
    });
  }

  it('leaves ordinary text of any language as it is', () => {
    const message = 'Größe ✓ 🙂 日本語 עברית: C:\\path "x"';
    assert.deepEqual(lines({ warnings: [{ message }] }).slice(1), [`  warning: ${message}`]);
  });
});
