"""Identities of things in the trade: integers of the database, told apart by type."""

from typing import NewType

AccountId = NewType("AccountId", int)
CallBackId = NewType("CallBackId", int)
ChatId = NewType("ChatId", int)
ClaimId = NewType("ClaimId", int)
DeliveryId = NewType("DeliveryId", int)
HelperId = NewType("HelperId", int)
LinkId = NewType("LinkId", int)
MailingId = NewType("MailingId", int)
MemberId = NewType("MemberId", int)
MeterId = NewType("MeterId", int)
OutageId = NewType("OutageId", int)
PremisesId = NewType("PremisesId", int)
ReadingId = NewType("ReadingId", str)
ResidentId = NewType("ResidentId", int)
TicketId = NewType("TicketId", int)

ProviderCode = NewType("ProviderCode", str)
