import { managed } from './managed.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { ApiKeysController } from './access/api-keys.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { DestinationChangesController } from './configuration/destination-changes.controller.js';
import { RoutesController } from './configuration/routes.controller.js';
import { SourceChangesController } from './configuration/source-changes.controller.js';
import { DeliveryActionsController } from './deliveries/delivery-actions.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DestinationsController } from './destinations/destinations.controller.js';
import { RemoveDestinationController } from './destinations/remove-destination.controller.js';
import { TestDestinationController } from './destinations/test-destination.controller.js';
import { ErasuresController } from './erasures/erasures.controller.js';
import { EventEraseController } from './erasures/event-erase.controller.js';
import { EventReplayController } from './events/event-replay.controller.js';
import { EventsController } from './events/events.controller.js';
import { IssuesController } from './issues/issues.controller.js';
import { RejectionsController } from './rejections/rejections.controller.js';
import { ReplaysController } from './replays/replays.controller.js';
import { SourcesController } from './sources/sources.controller.js';
import { StatsController } from './stats/stats.controller.js';
import { StreamController } from './stream/stream.controller.js';

/** Every controller under `/api/v1`: what is in this list needs a key, is audited and idempotent. */
export const managementControllers = managed([
  EventsController,
  EventReplayController,
  EventEraseController,
  ErasuresController,
  DeliveriesController,
  DeliveryActionsController,
  DestinationsController,
  TestDestinationController,
  IssuesController,
  RejectionsController,
  SourcesController,
  SourceChangesController,
  DestinationChangesController,
  RemoveDestinationController,
  RoutesController,
  ReplaysController,
  StatsController,
  StreamController,
  AlertsController,
  ApiKeysController,
  AuditController,
]);
