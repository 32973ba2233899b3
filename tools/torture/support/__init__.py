"""What the torture tools share: the programs they drive, one oracle, and how a tool says what it found."""
