"""Wire models of vendorShipments v1: shipment confirmations (ASN), transport requests, their details and labels."""
