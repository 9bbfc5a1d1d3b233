"""The seeded world: customers, catalogues, fulfilment centres, ERP files and the orders Amazon places with them."""
