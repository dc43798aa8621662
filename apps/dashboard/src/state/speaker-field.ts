import { SPEAKER_OFFICE_NAMES, SPEAKER_OFFICES } from '@app/domain';
import type { FormField } from './action-form';

/** Who spoke, and in which office: 「主要负责人要带头主动发声」. */
export const SPEAKER_FIELDS: FormField[] = [
  { name: 'speaker', label: '发声人', kind: 'line', hint: '姓名与职务' },
  {
    ...{ name: 'speakerOffice', label: '发声人身份', kind: 'choice', initial: '' },
    options: [{ value: '', text: '未填写' }, ...SPEAKER_OFFICES.map((o) => ({ value: o, text: SPEAKER_OFFICE_NAMES[o] }))],
    hint: '主要负责人是否带头发声会列入考评',
  },
];
