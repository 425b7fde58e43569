"""What other ticket systems tell, as one plain form: each module reads what one of them exports. Pure."""
