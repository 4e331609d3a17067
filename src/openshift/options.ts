/** What a host may choose about the quota unit. */
export interface QuotaOptions {
  /** `namespace_quotas`: core ResourceQuota too, on any cluster. @defaultValue false */
  readonly namespaceQuotas?: boolean;
}
