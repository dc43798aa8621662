import { Injectable } from '@nestjs/common';
import { Addressing } from './addressing.service';
import { Auditor } from './auditor.service';
import { Escalation } from './escalation.service';
import { Firing } from './firing.service';

/** What an engine does in a tick. */
@Injectable()
export class EngineWork {
  constructor(
    readonly firing: Firing,
    readonly addressing: Addressing,
    readonly escalation: Escalation,
    readonly auditor: Auditor,
  ) {}
}
