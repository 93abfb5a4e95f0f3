import { links, type Subject } from './annotations.ts'

/** One alerting rule in Prometheus' words. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly keep_firing_for: string
  readonly labels: { readonly severity: Severity; readonly scope?: string }
  readonly annotations: Readonly<Record<string, string>>
}

/** `critical` wakes somebody, `warning` waits for working hours, `info` is for whoever looks. */
export type Severity = 'critical' | 'warning' | 'info'

export interface AlertText {
  readonly alert: string
  readonly expr: string
  /** Prometheus' durations: how long it holds before it fires, and how long it stays afterwards. */
  readonly after: string
  readonly keep: string
  readonly severity: Severity
  readonly subject: Subject
  readonly summary: string
  readonly description: string
}

export function alertRule(text: AlertText): AlertRule {
  const { alert, expr, after, keep, severity, subject, summary, description } = text
  return {
    alert,
    expr,
    for: after,
    keep_firing_for: keep,
    labels: { severity },
    annotations: { summary, description, ...links(alert, subject) },
  }
}
