"""SQL of the providers: the list, what their models were seen to take, their failures, their day."""
