/** What a host may choose about the control plane unit. */
export interface ControlPlaneOptions {
  /**
   * `use_component_status` (true, false, absent). ComponentStatus calls healthy schedulers down: `auto` uses it only where readyz is absent.
   * @defaultValue 'auto'
   */
  readonly componentHealth?: 'component-status' | 'readyz' | 'auto';
  /** `detailed_health`: a service check a readyz sub-check. @defaultValue false */
  readonly detailed?: boolean;
}
