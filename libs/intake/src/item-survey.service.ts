import { Inject, Injectable } from '@nestjs/common';
import { covers, findPlace, type DepartmentProposal, type DepartmentTable, type Gazetteer, type Label, type Place, proposeDepartments } from '@app/domain';
import { ConfigFaults, loadGazetteer, loadRouting, SETTINGS, type ConfigFault, type Settings } from '@app/settings';

/** What is found out about an item beside its label. */
export interface Survey {
  place: Place;
  /** By which is decided who sees it: the source's region, else the place's code. */
  region: string | null;
  proposal: DepartmentProposal[];
  /** Whether `intake.focus` lets it open a case. */
  mayOpen: boolean;
}

/** Place and proposed departments of an item. The divisions of China (10 MB) are read at first use, once a process. */
@Injectable()
export class ItemSurvey {
  private gazetteer: Gazetteer | null = null;
  private departments: DepartmentTable | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Reads what takes time to read before the first item comes. */
  warm(): void {
    this.gazetteer ??= loadGazetteer(this.settings.deployment);
    this.table();
  }

  survey(item: { title: string; text: string }, label: Label, sourceRegion: string | null): Survey {
    this.gazetteer ??= loadGazetteer(this.settings.deployment);
    const found = findPlace(this.gazetteer, item, sourceRegion);
    const { code, name, relation, mentionsOwn, reasons } = found;
    const place = { code, name, relation, mentionsOwn, reasons };
    const source = sourceRegion === null ? null : (this.gazetteer.codeOf(sourceRegion) ?? sourceRegion);
    return {
      place,
      region: source ?? code,
      proposal: label.relevant ? proposeDepartments(this.table(), { ...item, label }) : [],
      mayOpen: this.settings.intake.focus === 'all' || concerns(this.settings.deployment.regionCode, place, source),
    };
  }

  private table(): DepartmentTable {
    if (this.departments !== null) return this.departments;
    const faults: ConfigFault[] = [];
    this.departments = loadRouting(this.settings.configDir, faults);
    if (this.departments === null) throw new ConfigFaults(faults);
    return this.departments;
  }
}

/**
 * Whether a matter is the own region's: it happens there or below, its words name it too, it came by a source of the own
 * region, it is the whole prefecture's, or nobody can tell where it is.
 */
export function concerns(own: string, place: Pick<Place, 'code' | 'relation' | 'mentionsOwn'>, source: string | null): boolean {
  if (place.mentionsOwn || place.relation === 'own' || place.relation === 'within' || place.relation === 'unknown') return true;
  if (source !== null && covers(own, source)) return true;
  return place.code !== null && !place.code.endsWith('0000') && covers(place.code, own);
}
