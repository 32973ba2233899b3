enum M {}
