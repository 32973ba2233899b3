enum PocketSphinxProviderPlaceholder {}
