"""Event types of the event stream (envelope: ``event_type, entity_type, entity_id, payload``)."""

from typing import Final

TELEMETRY_STORED: Final = "telemetry.stored"
ALERT_TRIGGERED: Final = "monitor.alert.triggered"
ALERT_ACKNOWLEDGED: Final = "monitor.alert.acknowledged"
ALERT_RESOLVED: Final = "monitor.alert.resolved"
ANOMALY_DETECTED: Final = "monitor.anomaly.detected"
REMEDIATION_STARTED: Final = "watchdog.remediation.started"
REMEDIATION_COMPLETED: Final = "watchdog.remediation.completed"

EVENT_TYPES: Final = (
    TELEMETRY_STORED,
    ALERT_TRIGGERED,
    ALERT_ACKNOWLEDGED,
    ALERT_RESOLVED,
    ANOMALY_DETECTED,
    REMEDIATION_STARTED,
    REMEDIATION_COMPLETED,
)
