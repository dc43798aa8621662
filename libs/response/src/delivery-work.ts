import { Injectable } from '@nestjs/common';
import { DeliveryClaims } from './delivery-claims.service';
import { DeliverySettling } from './delivery-settling.service';
import { ReceiptLinks } from './receipt-links.service';

/** What a loop of a channel does with its messages: takes them, hands back what became of them, gives them their links. */
@Injectable()
export class DeliveryWork {
  constructor(
    readonly claims: DeliveryClaims,
    readonly settling: DeliverySettling,
    readonly links: ReceiptLinks,
  ) {}
}
