import type { CasePart } from './case-way';

/** Offices of who speaks in public: 「主要负责人要带头主动发声」 (国办发〔2016〕61号, 国办发〔2016〕80号). */
export const SPEAKER_OFFICES = ['principal', 'deputy', 'spokesperson'] as const;
export type SpeakerOffice = (typeof SPEAKER_OFFICES)[number];
export const SPEAKER_OFFICE_NAMES: Record<SpeakerOffice, string> = {
  principal: '主要负责人',
  deputy: '分管负责人',
  spokesperson: '新闻发言人',
};

/** One unit of a case: what it was asked, its own 签收 and its own reply. */
export interface WireCaseUnit {
  departmentId: string;
  departmentName: string;
  part: CasePart;
  /** 交办要求. */
  task: string;
  assignedAt: string;
  signedAt: string | null;
  /** Masked for reading. */
  reply: string | null;
  repliedAt: string | null;
  repliedBy: string | null;
  /** It has the case no more: since when and why (退回、改交办、解除协办). */
  endedAt: string | null;
  endReason: string | null;
  /** Its 签收 clock; null where the rules set none. */
  receipt: { dueAt: string; metAt: string | null; state: string } | null;
}

/** `superior` 转上级, `place` 转办 (another place or authority). */
export const TRANSFER_KINDS = ['superior', 'place'] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];
export const TRANSFER_NAMES: Record<TransferKind, string> = { superior: '转上级', place: '转办' };

export interface WireTransfer {
  kind: TransferKind;
  /** The authority it went to. */
  to: string;
  reason: string;
  at: string;
  by: string;
}
