/** How a matter spread: its reports by time and source, and by place. */
export interface WireSpread {
  /** Width of a slot in minutes: 10, 60 or 1440; slots of a day begin at 00:00 Beijing. */
  slotMinutes: number;
  /** Slots with reports, in the order of time. By the time of publication, where it is known, else of fetching. */
  slots: { from: string; bySource: { sourceTitle: string; count: number }[] }[];
  /** All reports, the most frequent first; `name` '' where no place was recognised. */
  places: { name: string; count: number }[];
  total: number;
  /** Of them with a time of publication that is certain. */
  dated: number;
  asOf: string;
}
