import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@app/settings';
import { createClassifier, type Classifier } from './classifier';

/** The classifier of this process, built at first use: it takes a second and 250 MB. */
@Injectable()
export class ClassifierHolder {
  private held: Classifier | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  get(): Classifier {
    this.held ??= createClassifier(this.settings.configDir);
    return this.held;
  }
}
