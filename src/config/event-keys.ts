/** Keys of event collection. */
import { defaultBelow, type Key, seconds, unitSwitch } from './key.ts';
import { fieldSelectors, query } from './meaning.ts';
import {
  anyText,
  atLeast,
  boolean,
  dnsLabel,
  dnsSubdomain,
  filledText,
  line,
  namespaceGlob,
  oneOf,
  type Shape,
} from './shape.ts';

const bundling = oneOf('all', 'unspecified', 'none');

/** Any age of an event; no timer runs that long. */
const anyAge = atLeast(0, Number.MAX_SAFE_INTEGER);

const startFrom = (ago: string): Shape => ({ is: 'choice', of: ['backlog', 'now'], or: `a mapping with ${ago}` });

export const eventKeys: readonly Key[] = [
  {
    file: 'collect_events',
    config: 'events',
    ...unitSwitch,
    about: 'Kubernetes events. Off: the keys of events are checked and not used.',
  },
  {
    file: 'event_collection_mode',
    config: 'events.mode',
    shape: oneOf('poll', 'watch'),
    about: 'poll: all reading inside `run()`. watch: the first run starts it and it reads on between runs.',
  },
  {
    file: 'max_events_per_run',
    config: 'events.maxPerCommit',
    ...defaultBelow(1, 0),
    about:
      'At most so many events between two commits, and in a bundle; never more than the buffer holds. In a file 0 is the default.',
  },
  {
    file: 'event_collection_buffer_size',
    config: 'events.bufferSize',
    ...defaultBelow(1, Number.MIN_SAFE_INTEGER),
    about:
      'Events read and not yet committed; when it is full, reading waits. In a file anything below 1 is the default.',
  },
  {
    file: 'kubernetes_event_read_timeout_ms',
    config: 'events.readTimeoutMs',
    ...defaultBelow(1, 0),
    about: 'How long a poll run waits for the first frame of its watch. In a file 0 is the default.',
  },
  {
    file: 'read_quiet_ms',
    config: 'events.readQuietMs',
    shape: atLeast(0),
    about: 'After the first frame, a poll run ends this long after the last one.',
  },
  {
    file: 'kubernetes_event_resync_period_s',
    config: 'events.resyncPeriodMs',
    ...seconds(0),
    about: 'Poll mode lists when the last list is older; 0: only when the server asks for it. (The Agent: 300.)',
  },
  {
    file: 'checkpoint_interval_ms',
    config: 'events.checkpointIntervalMs',
    shape: atLeast(0),
    about: "The token is saved at most once a period, and at a run's end and on stop; not if nothing moved.",
  },
  {
    file: 'commit_timeout_ms',
    config: 'events.commitTimeoutMs',
    shape: atLeast(1),
    about: 'A commit pending for longer counts as rejected.',
  },
  {
    file: 'batch_window_ms',
    config: 'events.batchWindowMs',
    shape: atLeast(0),
    about: 'Watch mode: a batch closes when it is full or this old.',
    defaultWords: '1000; 0 if nothing is bundled',
  },
  {
    file: 'token_name',
    config: 'events.tokenName',
    shape: dnsSubdomain,
    about: "The token's ConfigMap. `datadogtoken` takes over the Agent's place.",
  },
  {
    file: 'page_size',
    config: 'events.pageSize',
    shape: atLeast(1),
    about: 'Events a page of a list; never more than the buffer holds.',
  },
  {
    file: 'event_ttl_s',
    config: 'events.eventTtlMs',
    ...seconds(1),
    about: "The server's `--event-ttl`, which no API tells. It decides what a gap may have lost.",
  },
  {
    file: 'wire',
    config: 'events.wire',
    shape: oneOf('auto', 'json', 'protobuf'),
    about:
      'The encoding asked of the server. `auto` is protobuf, or JSON where the server has no protobuf; `protobuf` makes that an error.',
  },
  {
    file: 'start_from',
    config: 'events.startFrom',
    shape: startFrom('agoMs'),
    inFile: { shape: startFrom('ago_ms'), toConfig: (value) => value, fromConfig: (value) => value },
    about: 'Where to begin when there is no token: with all that the server holds, or with what comes from now on.',
  },
  {
    file: 'start_from.ago_ms',
    config: 'events.startFrom.agoMs',
    shape: anyAge,
    about: 'Begin with what is at most this old.',
    defaultWords: 'none',
  },
  {
    file: 'namespaces',
    config: 'events.namespaces',
    shape: { is: 'list', of: dnsLabel, unique: true, filled: true },
    about: 'Only these namespaces, with a watch and a token each.',
    defaultWords: 'the whole cluster',
  },
  {
    file: 'exclude_namespaces',
    config: 'events.excludeNamespaces',
    shape: { is: 'list', of: namespaceGlob },
    about: 'Globs (`*`, `?`) of namespaces whose events are left out.',
  },
  {
    config: 'events.bundling',
    shape: bundling,
    about:
      'Which events are bundled into one for each object and type: `all`; `unspecified`, those that `collected_event_types` does not ' +
      'name, while the named ones are sent one by one; `none`, and only the named ones are sent.',
  },
  {
    file: 'unbundle_events',
    config: 'events.bundling',
    shape: bundling,
    inFile: { shape: boolean, toConfig: (value) => value, fromConfig: (value) => value !== 'all' },
    about: 'Events that `collected_event_types` names are sent one by one, and no others (`none`).',
  },
  {
    file: 'bundle_unspecified_events',
    config: 'events.bundling',
    shape: bundling,
    inFile: { shape: boolean, toConfig: (value) => value, fromConfig: (value) => value === 'unspecified' },
    about: 'With `unbundle_events`: the others are sent too, bundled (`unspecified`). Without it nothing changes.',
  },
  {
    file: 'filtering_enabled',
    config: 'events.defaultFilters',
    shape: boolean,
    about:
      "What is on the Agent's lists of noteworthy events counts as named by `collected_event_types`; without `unbundle_events`, only " +
      'named events are sent.',
  },
  {
    file: 'filtered_event_types',
    config: 'events.filteredEventTypes',
    shape: { is: 'list', of: anyText },
    meaning: fieldSelectors,
    about:
      'Field selectors, all of which an event must meet; a bare word W is `reason!=W`. The API server applies them: what they leave out is ' +
      'not read. No effect with `unbundle_events` alone.',
  },
  {
    file: 'collected_event_types',
    config: 'events.collectedEventTypes',
    shape: {
      is: 'list',
      of: { is: 'record', fields: { kind: line, source: line, reasons: { is: 'list', of: line } } },
    },
    about:
      'Entries of `kind` (of the involved object), `source` (the component) and `reasons`: an event is named by an entry if each part given is equal. ' +
      'No effect without `unbundle_events` or `filtering_enabled`.',
  },
  {
    file: 'event_query',
    config: 'events.query',
    shape: filledText,
    meaning: query,
    about: 'A CEL expression over the event; true keeps it.',
    defaultWords: 'none',
  },
  {
    file: 'kubernetes_events_source_detection.enabled',
    config: 'events.sourceDetection',
    shape: boolean,
    about: "Tell the source of an event from the controller's name, instead of `kubernetes` for all.",
  },
  {
    file: 'fold_repeats',
    config: 'events.foldRepeatsMs',
    shape: atLeast(0),
    about: 'Window in which repeats of an event become one; 0: off.',
  },
  {
    file: 'look_up',
    config: 'events.lookUp',
    shape: { is: 'list', of: oneOf('pods', 'nodes', 'jobs'), unique: true },
    about:
      'What is asked of the API server about the objects of events: `pods` for the host, `nodes` for `host_provider_id`, `jobs` for ' +
      '`kube_cronjob`. Each needs the right to `get` it.',
    defaultWords: 'all three; with `namespaces`: pods and jobs',
  },
  {
    file: 'on_rejected',
    config: 'events.onRejected',
    shape: oneOf('block', 'quarantine'),
    about: 'An event that the sender refuses for good: wait until it takes it, or put it aside.',
  },
];
