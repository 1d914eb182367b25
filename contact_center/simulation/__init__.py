"""What if: the shipped router in virtual time, on a scenario's calls, agents and skills."""
