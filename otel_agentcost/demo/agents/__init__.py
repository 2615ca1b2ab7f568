"""The agents of the demo's fleet. Each is written as its users would write it; none knows that it is watched."""
