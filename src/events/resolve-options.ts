/** The defaults of event collection, here only. What a host gave is neither changed nor kept. */
import type { CollectedEventType, EventCollectorOptions, LookedUp } from './options.ts';

type MayStayOpen = 'namespaces' | 'query';

/** Every option has a value, but for these two, whose absence is a choice of its own. */
export type ResolvedEventOptions = Required<Omit<EventCollectorOptions, MayStayOpen>> & {
  /** Undefined: the whole cluster. */
  readonly namespaces: readonly string[] | undefined;
  /** Undefined: every event is kept. */
  readonly query: string | undefined;
};

/**
 * Fills in what was not given. A commit and a page are never larger than the buffer: a page is read whole, and a batch that the buffer
 * cannot hold would never be full.
 */
export function resolveEventOptions(options: EventCollectorOptions = {}): ResolvedEventOptions {
  const bufferSize = options.bufferSize ?? 10_000;
  return {
    ...whatIsKept(options),
    ...whenThingsHappen(options),
    mode: options.mode ?? 'poll',
    bufferSize,
    maxPerCommit: Math.min(options.maxPerCommit ?? 300, bufferSize),
    pageSize: Math.min(options.pageSize ?? 2000, bufferSize),
    wire: options.wire ?? 'auto',
    tokenName: options.tokenName ?? 'kube-apiserver-check',
    startFrom: startFrom(options.startFrom),
    lookUp: [...(options.lookUp ?? lookUpIn(options.namespaces))],
    onRejected: options.onRejected ?? 'block',
  };
}

function whenThingsHappen(options: EventCollectorOptions) {
  return {
    readTimeoutMs: options.readTimeoutMs ?? 2000,
    readQuietMs: options.readQuietMs ?? 500,
    resyncPeriodMs: options.resyncPeriodMs ?? 0,
    checkpointIntervalMs: options.checkpointIntervalMs ?? 1000,
    commitTimeoutMs: options.commitTimeoutMs ?? 30_000,
    // What is bundled waits for its like; what is not has nothing to wait for.
    batchWindowMs: options.batchWindowMs ?? (options.bundling === 'none' ? 0 : 1000),
    eventTtlMs: options.eventTtlMs ?? 3_600_000,
    foldRepeatsMs: options.foldRepeatsMs ?? 0,
  };
}

function whatIsKept(options: EventCollectorOptions) {
  return {
    namespaces: options.namespaces === undefined ? undefined : [...options.namespaces],
    excludeNamespaces: [...(options.excludeNamespaces ?? [])],
    bundling: options.bundling ?? 'all',
    defaultFilters: options.defaultFilters ?? false,
    filteredEventTypes: [...(options.filteredEventTypes ?? [])],
    collectedEventTypes: (options.collectedEventTypes ?? []).map(copyOf),
    query: options.query,
    sourceDetection: options.sourceDetection ?? false,
  };
}

/** Rights that end at namespaces hold for no node. */
const lookUpIn = (namespaces: EventCollectorOptions['namespaces']): readonly LookedUp[] =>
  namespaces === undefined ? ['pods', 'nodes', 'jobs'] : ['pods', 'jobs'];

function startFrom(from: EventCollectorOptions['startFrom'] = 'backlog'): ResolvedEventOptions['startFrom'] {
  return typeof from === 'string' ? from : { agoMs: from.agoMs };
}

function copyOf(entry: CollectedEventType): CollectedEventType {
  return entry.reasons === undefined ? { ...entry } : { ...entry, reasons: [...entry.reasons] };
}
