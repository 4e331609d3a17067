/** Who runs, if there are replicas. */
export interface LeaderOptions {
  /** `leader_election`; without it and without `skip`, run() rejects. @defaultValue true (the Agent: false) */
  readonly enabled?: boolean;
  /** `skip_leader_election`: the only replica; no lease is touched. @defaultValue false */
  readonly skip?: boolean;
  /** `leader_lease_name`; not the Agent's, or a living one would lose its leadership. @defaultValue 'kube-apiserver-check' */
  readonly leaseName?: string;
  /** `lease_duration` (s); renewed every 1/6, given up after 2/3. Milliseconds. @defaultValue 60000 */
  readonly leaseDurationMs?: number;
  /** Unique a process. @defaultValue host name, `_`, UUID */
  readonly identity?: string;
}
